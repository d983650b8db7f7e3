//! Word lists: names, places, titles. Common words only; whoever bears such a name is not meant.

/// Family names with their pinyin.
pub(super) const FAMILY_NAMES: [(&str, &str); 40] = [
    ("王", "wang"),
    ("李", "li"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("陈", "chen"),
    ("杨", "yang"),
    ("黄", "huang"),
    ("赵", "zhao"),
    ("吴", "wu"),
    ("周", "zhou"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("马", "ma"),
    ("朱", "zhu"),
    ("胡", "hu"),
    ("郭", "guo"),
    ("何", "he"),
    ("林", "lin"),
    ("高", "gao"),
    ("罗", "luo"),
    ("郑", "zheng"),
    ("梁", "liang"),
    ("谢", "xie"),
    ("宋", "song"),
    ("唐", "tang"),
    ("许", "xu"),
    ("韩", "han"),
    ("邓", "deng"),
    ("冯", "feng"),
    ("曹", "cao"),
    ("彭", "peng"),
    ("曾", "zeng"),
    ("肖", "xiao"),
    ("田", "tian"),
    ("董", "dong"),
    ("潘", "pan"),
    ("袁", "yuan"),
    ("蔡", "cai"),
    ("蒋", "jiang"),
    ("欧阳", "ouyang"),
];

/// Characters of given names with their pinyin. One, 𬱖, takes four bytes in GB18030 and is missing in GBK.
pub(super) const GIVEN_NAMES: [(&str, &str); 60] = [
    ("伟", "wei"),
    ("芳", "fang"),
    ("娜", "na"),
    ("敏", "min"),
    ("静", "jing"),
    ("丽", "li"),
    ("强", "qiang"),
    ("磊", "lei"),
    ("军", "jun"),
    ("洋", "yang"),
    ("勇", "yong"),
    ("艳", "yan"),
    ("杰", "jie"),
    ("娟", "juan"),
    ("涛", "tao"),
    ("明", "ming"),
    ("超", "chao"),
    ("秀", "xiu"),
    ("霞", "xia"),
    ("平", "ping"),
    ("刚", "gang"),
    ("桂", "gui"),
    ("英", "ying"),
    ("华", "hua"),
    ("玉", "yu"),
    ("文", "wen"),
    ("建", "jian"),
    ("国", "guo"),
    ("红", "hong"),
    ("志", "zhi"),
    ("海", "hai"),
    ("春", "chun"),
    ("晓", "xiao"),
    ("龙", "long"),
    ("嘉", "jia"),
    ("子", "zi"),
    ("浩", "hao"),
    ("宇", "yu"),
    ("欣", "xin"),
    ("怡", "yi"),
    ("梓", "zi"),
    ("涵", "han"),
    ("思", "si"),
    ("雨", "yu"),
    ("佳", "jia"),
    ("博", "bo"),
    ("睿", "rui"),
    ("轩", "xuan"),
    ("诗", "shi"),
    ("琪", "qi"),
    ("𬱖", "wei"),
    ("喆", "zhe"),
    ("昊", "hao"),
    ("鑫", "xin"),
    ("瑞", "rui"),
    ("宁", "ning"),
    ("凯", "kai"),
    ("航", "hang"),
    ("峰", "feng"),
    ("颖", "ying"),
];

/// Cities with a district.
pub(super) const CITIES: [(&str, &str); 16] = [
    ("上海市", "浦东新区"),
    ("上海市", "闵行区"),
    ("北京市", "朝阳区"),
    ("北京市", "海淀区"),
    ("深圳市", "南山区"),
    ("广州市", "天河区"),
    ("杭州市", "西湖区"),
    ("苏州市", "吴中区"),
    ("南京市", "玄武区"),
    ("合肥市", "蜀山区"),
    ("成都市", "武侯区"),
    ("重庆市", "渝北区"),
    ("武汉市", "洪山区"),
    ("西安市", "雁塔区"),
    ("青岛市", "市南区"),
    ("厦门市", "思明区"),
];

/// Streets.
pub(super) const STREETS: [&str; 12] = [
    "人民路",
    "中山路",
    "解放大道",
    "建设路",
    "和平街",
    "长江路",
    "黄河路",
    "科技园路",
    "学院路",
    "滨河大道",
    "花园街",
    "文化路",
];

/// Region codes of GB/T 2260, the first six digits of an identity number.
pub(super) const REGIONS: [&str; 34] = [
    "110105", "110108", "120101", "130102", "140105", "150102", "210102", "220102", "230102", "310104", "310115",
    "320102", "320505", "330106", "340104", "350203", "360102", "370202", "410105", "420111", "430104", "440305",
    "440106", "450103", "460105", "500112", "510107", "520102", "530102", "610113", "620102", "630102", "640104",
    "650102",
];

/// First characters of licence plates.
pub(super) const PLATE_PROVINCES: [&str; 31] = [
    "京", "津", "沪", "渝", "冀", "豫", "云", "辽", "黑", "湘", "皖", "鲁", "新", "苏", "浙", "赣", "鄂", "桂", "甘",
    "晋", "蒙", "陕", "吉", "闽", "贵", "粤", "青", "藏", "川", "宁", "琼",
];

/// Job titles.
pub(super) const JOB_TITLES: [&str; 12] = [
    "工程师",
    "高级工程师",
    "产品经理",
    "销售顾问",
    "服务顾问",
    "质量主管",
    "电池工程师",
    "Software Engineer",
    "财务",
    "采购专员",
    "Designer",
    "HRBP",
];

/// Vehicle models.
pub(super) const VEHICLE_MODELS: [&str; 4] =
    ["Model Motors S1", "Model Motors S2", "Model Motors C3", "Model Motors L7"];

/// Words for "no value", which canonicalisation refuses.
pub(super) const PLACEHOLDERS: [&str; 4] = ["", "NULL", "-", "n/a"];
