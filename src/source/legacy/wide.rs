//! Encodings of Chinese, Japanese and Korean: a character of two bytes is looked up in a table.

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, SHIFT_JIS};

use super::{MALFORMED_BITS, decode, next_high};

/// What an ASCII letter would have cost that is the second byte of a character.
const ASCII_BITS: u8 = 5;
/// A small letter right beside such a character. Capitals and digits stand there in addresses.
const BESIDE_SMALL_BITS: u32 = 4;
/// A character of four bytes in GB18030.
const FOUR_BITS: u32 = 26;
/// A half-width katakana, a single byte of Shift_JIS; the first one of a word, since text is half-width or is not.
const HALF_WIDTH_BITS: u32 = 7;
const FIRST_HALF_WIDTH_BITS: u32 = 8;
/// One that stands alone beside ASCII letters or digits, as capitals do in MUÑOZ and 2º: text of half width has words.
const LONE_HALF_WIDTH_BITS: u32 = 10;
/// Characters of the lists, the first ones and the others.
const FREQUENT_BITS: u8 = 8;
const LISTED_BITS: u8 = 10;
/// In the table: two bytes that are no character of two.
const OTHER: u8 = u8::MAX;

/// The characters of names and addresses by how often they are met: the first list is half of all, both nine in ten.
struct Lists {
    frequent: &'static str,
    others: &'static str,
}

const SIMPLIFIED: Lists = Lists {
    frequent: "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董程曹袁邓许沈曾彭吕苏卢蒋蔡魏薛叶余潘杜戴\
               伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂红玉华建国志海春梅燕玲珍小雪文婷建\
               省市县区州路街道号楼室村镇东南西北中山江河京上城新安庆门座男女",
    others: "丁任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚贾萧阎夏钟汪田傅庞樊殷施洪翟\
             安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳\
             裴席卫查屈鲍位覃霍翁隋植甘景单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来苟全褚廉简娄盖符奚\
             木穆党冼竹阴谯原宗奎飞鹏宇浩博欣怡佳子轩涵萍健波辉凤斌莉楠亮琴旭荣云俊帅晶秋倩淑立永丹鑫莹慧琳晨帆洁瑞梦雅诗语思美晓\
             光昌家嘉天一宝兵彬才灿超朝诚楚传达大德栋恩凡峰锋福富岗革功贵国寒豪和恒宏鸿厚虎怀欢会惠吉继加坚江捷锦进京晶靖炯凯可\
             坤乐力利良亮烈灵领茂民铭墨乃宁培其奇琪谦清情庆泉群然仁日容如润若森少升生胜士世仕守书淑树双水顺硕松泰腾铁庭同伟为卫蔚\
             文希喜先贤贤显献祥翔心信星兴雄修旋选学勋亚言彦耀业宜义益艺毅银应瑛颖雍友有瑜宇雨玉元远岳悦月云韵再泽展昭哲真振震镇征正\
             政之芝知智忠钟众柱祖婉娅琼菊香环秋珠翠凡勤团辰婵青倩婕馨瑗媛艳瑶璐娇茗羽希宁苑筠柔竹霭凝枫芸菲宜素纯伊毓昭冰爽琬舒影荔枝\
             思丽妍茜彤睿熙梓雯萱依彤可欣然紫\
             津重庆冀晋辽吉黑沪浙皖闽赣鲁豫鄂湘粤桂琼川蜀黔滇藏陕甘肃青夏疆蒙古内自治藏族回族壮维吾尔区香港澳门台湾合肥杭郑沈哈尔滨长\
             济武汉广成都贵阳昆明拉萨兰银乌鲁木齐太原石呼和浩特徐苏无锡常州南通扬镇盐淮连云港宿迁泰温嘉湖绍舟衢丽水芜蚌埠淮北铜陵\
             黄滁阜宣六亳池厦莆田三漳龙岩潮汕头佛韶惠东莞珠深圳永顺甘孜凉佛朝阳海淀丰台房通密云怀柔延虹闵行浦普陀静闸杨宝嘉定松青奉\
             贤崇明徐汇卢湾开发高经技术园工业大厦花苑里弄巷胡同栋幢单元层组队社屯庄堡桥湖溪沟坪坝岭峰洞沙滩湾岛港口乡场站前后左右\
             一二三四五六七八九十百千万第公司有限责任股份科技贸易商店行院校中学小幼儿园医银先生太夫人己未已婚是否汉满苗族的在",
};

const TRADITIONAL: Lists = Lists {
    frequent: "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾彭游詹胡施沈余盧梁趙顏柯孫魏翁戴范宋方\
               鄧杜傅侯曹薛丁卓馬阮董溫唐藍蔣石古紀姚連歐馮\
               淑美雅惠怡君玉志明家華文俊宏建英秀芬雲婷芳麗珍慧國中\
               市縣區鄉鎮村里路街巷弄號樓段東南西北大台臺新安義和平山",
    others: "白田涂鄒巫康塗尤官龔嚴倪韓黎阮袁金童陸夏柳邵錢伍湯鄔駱姜梅管饒甘汪凌章卜史龍萬錡孔任于向代裴左畢祝伊雷苗\
             萱妤瑜琪佳欣宜芸榮豪偉傑哲維翰冠霖承恩宇翔軒廷睿彥博智凱威銘信成益堂添財發金福壽貴富生勝利源水木火土清泉河海江春夏秋冬\
             梅蘭竹菊桂香月娥嬌妹珠鳳鶯燕雪霞素貞靜如娟婉玲瓊瑤琴瑞祥慶吉永昌興旺茂盛德仁義禮忠孝愛心誠真善賢良正宗祖耀輝光景星辰\
             子男女之一二三四五六七八九十百千萬人口日天地士大小太少長短方圓公司有限股份科技工業商店行院校學醫銀先生經理部門\
             北基隆桃園竹苗栗彰投雲嘉屏宜花蓮澎湖門馬祖高雄左營鼓鹽埕前鎮苓雅興金三民鳳林園岡橋莊店中和永重蘆洲板樹鶯歌淡水汐止信\
             萬華松內港士投文平成功復忠孝仁愛民族權自由光復敦化建國羅斯福八德健康延吉青年豐原沙鹿清水龍井霧峰烏日后神員斗虎尾\
             朴子善佳麻豆永康歸仁潮州恆春頭城蘇澳坪溪礁壯圍五結冬郡鳥玉壽卑鄉社區庄厝寮埔坑崙崎嶺坡窩湳潭埤圳溝湖港灣島嶼九龍界尖沙咀旺角\
             銅鑼鰂魚涌筲箕柴荃葵沙粉元朗屯將軍澳觀塘黃仙深水埗油麻的是在之與為衛戶籍鄰室層棟幢廈座苑號",
};

const JAPANESE: Lists = Lists {
    frequent: "佐藤鈴木高橋田中伊渡辺山本村小林加吉井口上清水崎原和石野森西松岡島前川池青大子美一郎市区都県町丁目東京\
               北南長谷",
    others: "阿部橋斎斉坂後近遠福三浦宮内岩菅武工平今河杉丸安永新古荒増沢澤関矢久保土堀秋星太千葉浜濱片桐桜竹塚横柴須服樋神\
             黒白赤金成尾根城熊植岸足立倉栗吾妻東郷水飯馬場戸富士児玉望月浅五嵐二宮七八九十百万代真由紀恵子智優愛香織奈々結衣陽菜花音\
             葵凛莉穂彩咲春夏冬秋翔太輝健拓海悠斗蓮颯介樹大和陸湊朝晴直裕康浩幸正義昭清隆博明光英雄秀樹修治誠勇進茂弘実豊稔哲也学徹司聡\
             洋平剛勉勝利治亮涼介淳一純次郎助之信文夫男彦哉康則行美和洋典子里佳純桃七海桜遥舞萌楓琴詩くらら加奈\
             道府札幌青森岩手仙台宮城秋田山形福島茨栃群馬埼玉千葉神奈川横新潟富石金沢井梨甲長野岐阜静愛知名古屋豊三重滋賀京都阪堺兵庫\
             神戸姫路奈良和歌取根松岡広徳香媛高知九州佐熊大分宮鹿児沖縄那覇港新宿渋谷品世豊荒板練馬足葛飾江戸台東墨目黒田谷杉並中央千代麻\
             布赤銀座日本橋番号室棟階館荘町村郡字通条番地号株式会社有限商事工業院校学",
};

const KOREAN: Lists = Lists {
    frequent: "김이박최정강조윤장임한오서신권황안송류홍전고문양손배백허남민지현수영준우진성호은경미혜숙희자순옥동시구로길",
    others: "유심노하곽차주나엄채원천방공함변염여추도소석선설마연위표명기반왕금육인맹제모탁국어편용예봉사부가복태목형피두감음빈\
             팽승간상갈서연하윤빈재훈종철광만병덕규범헌식환근관익일준찬혁솔별람슬비빛찬란새봄아라루리나다온율건후완휘운결담린율채울특별\
             산대구인천광역시울세종경기강원충청북남전라제주도군읍면리동가로길번지층호아파트빌딩관악초삼역테헤란논현압청담신대방학잠실파\
             평촌분당성남수원용인화고양의정부안산천구리하남오산이포김여주춘강릉속속초청공주논서목포순여나포항주미창진해거통밀통영사\
             해운센텀수영연제금사하북덕기달중앙문상월계노도봉은마종묘동대랑답십장위미아번창쌍불광녹응암역촌갈현남여자회사주식",
};

/// The costs of the characters of one encoding, by their two bytes.
pub(super) struct Wide {
    costs: Box<[u8; 1 << 16]>,
    has_half_width: bool,
    has_four: bool,
}

impl Wide {
    pub(super) fn new(encoding: &'static Encoding) -> Wide {
        let mut wide = Wide {
            costs: Box::new([OTHER; 1 << 16]),
            has_half_width: encoding == SHIFT_JIS,
            has_four: encoding == GB18030,
        };
        for first in 0x81..=0xfe {
            for second in 0x40..=0xfe {
                if decode(encoding, &[first, second]).is_some() {
                    wide.set(first, second, by_row(encoding, first, second));
                }
            }
        }
        let lists = match encoding {
            encoding if encoding == GB18030 => SIMPLIFIED,
            encoding if encoding == BIG5 => TRADITIONAL,
            encoding if encoding == EUC_KR => KOREAN,
            _ => JAPANESE,
        };
        for (list, bits) in [(lists.others, LISTED_BITS), (lists.frequent, FREQUENT_BITS)] {
            let mut utf8 = [0; 4];
            for character in list.chars() {
                // What an encoding lacks becomes more bytes than two.
                if let [first @ 0x81..=0xfe, second] = *encoding.encode(character.encode_utf8(&mut utf8)).0 {
                    wide.set(first, second, bits);
                }
            }
        }
        wide
    }

    fn set(&mut self, first: u8, second: u8, bits: u8) {
        let deducted = if second < 0x80 { ASCII_BITS } else { 0 };
        self.costs[place(first, second)] = bits - deducted;
    }

    /// What a text costs.
    #[inline]
    pub(super) fn cost(&self, text: &[u8]) -> u32 {
        let (mut at, mut bits) = (0, 0);
        while let Some(start) = next_high(text, at) {
            let before = start.checked_sub(1).is_some_and(|before| text[before].is_ascii_lowercase());
            let (end, cost) = self.word(text, start);
            let behind = text.get(end).is_some_and(u8::is_ascii_lowercase);
            bits += cost + BESIDE_SMALL_BITS * (u32::from(before) + u32::from(behind));
            if self.has_half_width && end - start == 1 {
                let neighbours = [start.checked_sub(1).map(|place| text[place]), text.get(end).copied()];
                let is_lone = neighbours.into_iter().flatten().any(|byte| byte.is_ascii_alphanumeric());
                bits += if is_lone { LONE_HALF_WIDTH_BITS } else { 0 };
            }
            at = end;
        }
        bits
    }

    /// The end of the characters beyond ASCII that begin at `at`, and what they cost.
    #[inline]
    fn word(&self, text: &[u8], mut at: usize) -> (usize, u32) {
        let (mut bits, mut half_width) = (0, false);
        while let Some(&first) = text.get(at)
            && first >= 0x80
        {
            let second = text.get(at + 1).copied().unwrap_or(b'\n');
            let cost = self.costs[place(first, second)];
            if cost != OTHER {
                bits += u32::from(cost);
                (at, half_width) = (at + 2, false);
                continue;
            }
            let (length, cost) = match first {
                0xa1..=0xdf if self.has_half_width && half_width => (1, HALF_WIDTH_BITS),
                0xa1..=0xdf if self.has_half_width => (1, FIRST_HALF_WIDTH_BITS),
                _ if self.has_four && is_four(&text[at..]) => (4, FOUR_BITS),
                _ => (1, u32::from(MALFORMED_BITS)),
            };
            half_width = self.has_half_width;
            bits += cost;
            at += length;
        }
        (at, bits)
    }
}

fn is_four(bytes: &[u8]) -> bool {
    matches!(bytes, [_, b'0'..=b'9', 0x81..=0xfe, b'0'..=b'9', ..])
}

#[inline]
fn place(first: u8, second: u8) -> usize {
    usize::from(u16::from_be_bytes([first, second]))
}

/// What a character costs that no list has, by the row of its standard.
fn by_row(encoding: &'static Encoding, first: u8, second: u8) -> u8 {
    match encoding {
        encoding if encoding == GB18030 => by_row_of_gb(first, second),
        encoding if encoding == BIG5 => by_row_of_big5(first, second),
        encoding if encoding == EUC_KR => by_row_of_ks(first, second),
        _ => by_row_of_jis(first, second),
    }
}

/// GB 2312: rows 16 to 55 are common, 56 to 87 rare; GBK has the others.
fn by_row_of_gb(first: u8, second: u8) -> u8 {
    match (first, second) {
        (0xa3, 0xa1..) => 11,
        (0xa1, 0xa1..) => 12,
        (0xa2 | 0xa4..=0xa9, 0xa1..) => 16,
        (0xb0..=0xd7, 0xa1..) => 14,
        (0xd8..=0xf7, 0xa1..) => 17,
        _ => 20,
    }
}

/// Big5: A440 to C67E are common, from C940 on rare.
fn by_row_of_big5(first: u8, _: u8) -> u8 {
    match first {
        0xa1..=0xa3 => 12,
        0xa4..=0xc5 => 13,
        0xc6 => 14,
        0xc9..=0xf9 => 17,
        _ => 21,
    }
}

/// KS X 1001: hangul in rows 16 to 40, hanja behind; code page 949 has the other hangul.
fn by_row_of_ks(first: u8, second: u8) -> u8 {
    match (first, second) {
        (0xa1..=0xa3, 0xa1..) => 12,
        (0xa4..=0xac, 0xa1..) => 16,
        (0xb0..=0xc8, 0xa1..) => 14,
        (_, 0xa1..) => 18,
        _ => 20,
    }
}

/// JIS X 0208 in Shift_JIS: kana, the first level up to 9872, the second behind; then what IBM and NEC added.
fn by_row_of_jis(first: u8, second: u8) -> u8 {
    match (first, second) {
        (0x81, 0x40 | 0x45 | 0x58 | 0x5b) => 8,
        (0x81, _) => 12,
        (0x82, 0x9f..) => 8,
        (0x82, _) => 11,
        (0x83, ..=0x96) => 8,
        (0x83..=0x87, _) => 16,
        (0x88..=0x97, _) | (0x98, ..=0x72) => 13,
        (0x98..=0x9f | 0xe0..=0xea, _) => 17,
        (0xed | 0xee | 0xfa..=0xfc, _) => 18,
        _ => 22,
    }
}
